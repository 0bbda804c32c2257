"""Patients decide what a hospital may show of them, and every posting asks first."""
