"""Roles and databases: one database per service, its owner for migrations, and a role that owns nothing to serve."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from shared.embedded.home import DATABASE_OF, DATABASES, roles
from shared.embedded.postgres import EmbeddedPostgres

Secret = Callable[[str], str]
"""Given a role, returns its password."""


def create_roles(postgres: EmbeddedPostgres, secret: Secret) -> None:
    """Create the roles that are missing, set every role's password, and keep them from the server's own databases."""
    with _superuser(postgres) as connection:
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in roles():
            name = sql.Identifier(role)
            if role not in existing:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(secret(role))))
        # Any role may enter these unless told otherwise, and leave there what nobody looks for.
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"))


def create_databases(postgres: EmbeddedPostgres) -> None:
    """Create the databases that are missing, each open to its own roles only."""
    for database in DATABASES:
        create_database(postgres, database, like=database)


def create_database(postgres: EmbeddedPostgres, name: str, *, like: str, template: str = "template0") -> None:
    """Create a database, if it is missing, with the owner and the roles of a service's own."""
    database = sql.Identifier(name)
    owner = sql.Identifier(f"{like}_owner")
    with _superuser(postgres) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
            connection.execute(create.format(database, owner, sql.Identifier(template)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        for role in (role for role, served in DATABASE_OF.items() if served == like):
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(role)))


def drop_database(postgres: EmbeddedPostgres, name: str) -> None:
    with _superuser(postgres) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _superuser(postgres: EmbeddedPostgres) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(postgres.dsn(), password=postgres.password, autocommit=True)
