-- A row of the seed compared_fields whose field does not exist, or that says neither true nor false, would stop no
-- comparison, and nobody would notice.
with fields as (
    {% for field in user_fields() %}
    select
        'users' {{ exact() }} as resource,
        {{ text_literal(field.name) }} as field

    union all
    {% endfor %}
    {%- for field in ['names', 'validityDateFrom', 'validityDateTo'] %}
    select
        'axis_values' {{ exact() }} as resource,
        {{ text_literal(field) }} as field
    {{ "union all" if not loop.last }}
    {% endfor %}
),

unknown as (

    select compared_fields.*
    from {{ ref('compared_fields') }} as compared_fields
    left join fields
        on
            compared_fields.resource = fields.resource
            and compared_fields.field = fields.field
    where
        fields.field is null
        or compared_fields.is_compared is null

)

select * from unknown
