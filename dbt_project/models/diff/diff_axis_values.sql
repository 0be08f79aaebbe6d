-- Grain: one row per scope, company and code that Agresso wants in N2F and N2F does not hold so, or that N2F alone
-- holds on a managed axis, and that is not rejected: every field with what N2F holds (_old), what it should hold
-- (_new), and whether that differs.
-- action: create, update, delete, or none (N2F alone holds the value, and no row of the typ names the company).
with desired as (

    select * from {{ ref('int_axis_values_desired') }}

),

current_values as (

    select * from {{ ref('int_axis_values_current') }}

),

rejected as (

    select * from {{ ref('int_axis_values_rejected') }}

),

deletable as (

    select * from {{ ref('int_axis_values_deletable') }}

),

fields_compared as (

    select * from {{ ref('int_axis_fields_compared') }}

),

holds as (

    select * from {{ ref('int_holds') }}

),

settings as (

    select * from {{ ref('run_settings') }}

),

only_companies as (

    select * from {{ ref('run_only_companies') }}

),

accepted_current as (

    select current_values.*
    from current_values
    where
        current_values.code is not null
        and current_values.values_of_code = 1
        and not exists (
            select 1
            from rejected
            where
                rejected.scope = current_values.scope
                and rejected.company_uuid = current_values.company_uuid
                and rejected.code = current_values.code
        )

),

side_by_side as (

    select
        coalesce(desired.scope, accepted_current.scope) as scope,
        coalesce(desired.entity_key, accepted_current.entity_key) as entity_key,
        coalesce(desired.company_uuid, accepted_current.company_uuid) as company_uuid,
        coalesce(desired.company_code, accepted_current.company_code) as company_code,
        coalesce(desired.axis, accepted_current.axis) as axis,
        coalesce(desired.code, accepted_current.code) as code,
        accepted_current.code_as_spelled,
        {{ flag('desired.code is not null') }} as is_in_agresso,
        {{ flag('accepted_current.code is not null') }} as is_in_n2f,
        accepted_current.page,
        accepted_current.position,
        accepted_current.name_fr as name_fr_old,
        desired.name_fr as name_fr_new,
        accepted_current.name_nl as name_nl_old,
        desired.name_nl as name_nl_new,
        accepted_current.valid_from as validityDateFrom_old,
        desired.valid_from as validityDateFrom_new,
        accepted_current.valid_to as validityDateTo_old,
        desired.valid_to as validityDateTo_new
    from desired
    full outer join accepted_current
        on
            desired.scope = accepted_current.scope
            and desired.company_uuid = accepted_current.company_uuid
            and desired.code = accepted_current.code

),

compared as (

    select
        side_by_side.*,
        {{ flag(
            "side_by_side.is_in_agresso = 1 and side_by_side.is_in_n2f = 1 and fields_compared.is_compared_names = 1 and ("
            ~ is_different('side_by_side.name_fr_old', 'side_by_side.name_fr_new')
            ~ " or " ~ is_different('side_by_side.name_nl_old', 'side_by_side.name_nl_new') ~ ")"
        ) }} as is_changed_names,
        {%- for field in ['validityDateFrom', 'validityDateTo'] %}
        {{ flag(
            "side_by_side.is_in_agresso = 1 and side_by_side.is_in_n2f = 1 and fields_compared.is_compared_" ~ field
            ~ " = 1 and " ~ is_different('side_by_side.' ~ field ~ '_old', 'side_by_side.' ~ field ~ '_new')
        ) }} as is_changed_{{ field }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from side_by_side
    left join fields_compared
        on
            side_by_side.company_uuid = fields_compared.company_uuid
            and side_by_side.axis = fields_compared.axis

),

listed as (

    select
        *,
        nullif(substring(concat(
            {%- for field in ['names', 'validityDateFrom', 'validityDateTo'] %}
            case when is_changed_{{ field }} = 1 then ',{{ field }}' else '' end
            {{- "," if not loop.last }}
            {%- endfor %}
        ), 2, 4000), '') {{ exact() }} as changed_columns
    from compared

),

differing as (

    select * from listed
    where
        is_in_agresso = 0
        or is_in_n2f = 0
        or changed_columns is not null

),

final as (

    select
        differing.*,
        case
            when differing.is_in_n2f = 0 then 'create'
            when differing.is_in_agresso = 1 then 'update'
            when deletable.code is not null then 'delete'
            else 'none'
        end {{ exact() }} as action,
        {{ flag('settings.is_scoped = 0 or only_companies.company_code is not null') }} as is_in_scope,
        holds.reason as hold_reason
    from differing
    cross join settings
    left join deletable
        on
            differing.scope = deletable.scope
            and differing.company_uuid = deletable.company_uuid
            and differing.code = deletable.code
    left join only_companies on differing.company_code = only_companies.company_code
    left join holds
        on
            differing.scope = holds.scope
            and differing.entity_key = holds.entity_key

)

select * from final
