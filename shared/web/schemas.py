"""What the API's documents say of values that have a form: wherever one stands, its whole form stands with it.

The framework knows the form of a member that is just that value, and loses it in an array, an object or beside null.
"""

from typing import TYPE_CHECKING, Final, get_args, get_origin

from litestar.openapi.spec import OpenAPIType, Reference, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition
from msgspec import Meta

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

# Of a number or a text, whatever it is called there.
_OF_A_VALUE: Final = {
    "pattern": "pattern",
    "ge": "minimum",
    "gt": "exclusive_minimum",
    "le": "maximum",
    "lt": "exclusive_maximum",
    "multiple_of": "multiple_of",
}
_LENGTH_OF: Final[dict[object, tuple[str, str]]] = {
    OpenAPIType.STRING: ("min_length", "max_length"),
    OpenAPIType.ARRAY: ("min_items", "max_items"),
    OpenAPIType.OBJECT: ("min_properties", "max_properties"),
}


class Formed(OpenAPISchemaPlugin):
    """Describes a value whose form its type states in a `msgspec.Meta`."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return not field_definition.is_optional and any(isinstance(each, Meta) for each in field_definition.metadata)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: "SchemaCreator") -> Schema:
        schema = schema_creator.for_field_definition(FieldDefinition.from_annotation(field_definition.annotation))
        assert isinstance(schema, Schema), "what has a schema of its own states its form there"
        for each in field_definition.metadata:
            if isinstance(each, Meta):
                _apply(each, schema)
        return schema


class VariadicTuples(OpenAPISchemaPlugin):
    """Describes `tuple[X, ...]`; the framework takes the dots of a constrained one for a type that everything is of."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return field_definition.origin is tuple and field_definition.args[1:] == (Ellipsis,)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: "SchemaCreator") -> Schema:
        return Schema(type=OpenAPIType.ARRAY, items=_inner(field_definition, 0, schema_creator))


class Mappings(OpenAPISchemaPlugin):
    """Describes `dict[K, V]` with the form of its names."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return get_origin(field_definition.annotation) is dict

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: "SchemaCreator") -> Schema:
        names = _inner(field_definition, 0, schema_creator)
        return Schema(
            type=OpenAPIType.OBJECT,
            property_names=None if names == Schema(type=OpenAPIType.STRING) else names,
            additional_properties=_inner(field_definition, 1, schema_creator),
        )


FORMS: Final = (Formed(), VariadicTuples(), Mappings())


def _inner(field_definition: FieldDefinition, place: int, schema_creator: "SchemaCreator") -> Schema | Reference:
    return schema_creator.for_field_definition(
        FieldDefinition.from_annotation(get_args(field_definition.annotation)[place])
    )


def _apply(form: Meta, schema: Schema) -> None:
    for name, called in _OF_A_VALUE.items():
        if (value := getattr(form, name)) is not None:
            setattr(schema, called, value)
    if schema.type in _LENGTH_OF:
        for value, called in zip((form.min_length, form.max_length), _LENGTH_OF[schema.type], strict=True):
            if value is not None:
                setattr(schema, called, value)
    schema.description = form.description or schema.description
    schema.examples = form.examples or schema.examples
