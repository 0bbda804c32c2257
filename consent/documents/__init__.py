"""The paper: values in, tagged PDF out, sealed, and the check that a seal holds."""
