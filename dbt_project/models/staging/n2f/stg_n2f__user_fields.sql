-- Grain: one row per field of users, saying whether a document of the snapshot carries its key at all; null counts.
{%- set fields = user_fields() | map(attribute='name') | list %}

-- Asked field by field, so that the first document that has it ends the search; as a CTE, some engines would copy all
-- documents before they look at the first.
with fields as (
    {% for field in fields %}
    select
        {{ text_literal(field) }} as field,
        {{ flag(
            'exists (select 1 from ' ~ ref('stg_n2f__user_documents') ~ ' as documents '
            ~ json_members('documents.document', [field])
            ~ ' where ' ~ json_has_key('documents.document', field, [field]) ~ ')'
        ) }} as is_carried
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select * from fields
