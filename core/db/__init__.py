"""The database: engine and transactions, tables, migrations, queries; the only home of SQLAlchemy."""
