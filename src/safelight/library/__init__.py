"""The protected resources: photos, galleries, customers, notifications."""
