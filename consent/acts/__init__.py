"""What people do. One function is one transaction is one custody entry."""
