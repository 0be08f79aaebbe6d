-- Grain: one row per field of users, or of the values of one company's axis, that is sent but not compared: no document
-- of that list carries its key, or the seed compared_fields leaves it out.
with user_fields as (

    select * from {{ ref('int_user_fields_compared') }}

),

axis_fields as (

    select
        axes.scope,
        axes.company_code,
        fields_compared.*
    from {{ ref('int_axis_fields_compared') }} as fields_compared
    inner join {{ ref('int_axes_matched') }} as axes
        on
            fields_compared.company_uuid = axes.company_uuid
            and fields_compared.axis = axes.axis

),

scopes as (

    select * from {{ ref('run_scopes') }}
    where is_selected = 1

),

unioned as (
    {% for field in user_fields() %}
    select
        'users' {{ exact() }} as scope,
        {{ as_text('null') }} as company_uuid,
        {{ as_text('null') }} as company_code,
        {{ as_text('null') }} as axis,
        {{ text_literal(field.name) }} as field,
        case when is_carried_{{ field.name }} = 0 then 'not_carried' else 'left_out' end {{ exact() }} as reason
    from user_fields
    where
        is_compared_{{ field.name }} = 0
        and user_count > 0

    union all
    {% endfor %}
    {%- for field in ['names', 'validityDateFrom', 'validityDateTo'] %}
    select
        scope,
        company_uuid,
        company_code,
        axis,
        {{ text_literal(field) }} as field,
        case when is_carried_{{ field }} = 0 then 'not_carried' else 'left_out' end {{ exact() }} as reason
    from axis_fields
    where is_compared_{{ field }} = 0
    {{ "union all" if not loop.last }}
    {% endfor %}
),

selected as (

    select unioned.*
    from unioned
    inner join scopes on unioned.scope = scopes.scope

)

select * from selected
