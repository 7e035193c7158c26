"""What lies in the database: SQLAlchemy Core statements, and raw ones where a read is hot."""
