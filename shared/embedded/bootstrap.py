"""Roles and databases: one database per service, its owner for migrations, and a role that owns nothing to serve."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from shared.embedded.home import DATABASE_OF, DATABASES, roles
from shared.embedded.postgres import EmbeddedPostgres

Secret = Callable[[str], str]
"""Given a role, returns its password."""


def create_roles(postgres: EmbeddedPostgres, secret: Secret) -> None:
    """Create the roles that are missing and set every role's password."""
    with _superuser(postgres) as connection:
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in roles():
            name = sql.Identifier(role)
            if role not in existing:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(secret(role))))


def create_databases(postgres: EmbeddedPostgres) -> None:
    """Create the databases that are missing."""
    with _superuser(postgres) as connection:
        existing = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    for database in DATABASES:
        if database not in existing:
            create_database(postgres, database, like=database)


def create_database(postgres: EmbeddedPostgres, name: str, *, like: str, template: str = "template0") -> None:
    """Create a database with the owner and the grants of the service's own, say as a fresh copy for a test."""
    with _superuser(postgres) as connection:
        database = sql.Identifier(name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                database, sql.Identifier(f"{like}_owner"), sql.Identifier(template)
            )
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        for role, served in DATABASE_OF.items():
            if served == like:
                connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(role)))


def drop_database(postgres: EmbeddedPostgres, name: str) -> None:
    with _superuser(postgres) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _superuser(postgres: EmbeddedPostgres) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(postgres.dsn(), password=postgres.password, autocommit=True)
