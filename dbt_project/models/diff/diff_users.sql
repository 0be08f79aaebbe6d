-- Grain: one row per user that Agresso wants in N2F and N2F does not hold so, or that N2F alone holds, and that is not
-- rejected: every field of N2F with what N2F holds (_old), what it should hold (_new), and whether that is a change.
-- action: create, update, delete, or none (N2F alone holds the user, who is protected).
{%- set fields = user_fields() %}

with desired as (

    select * from {{ ref('int_users_desired') }}

),

current_users as (

    select * from {{ ref('int_users_current') }}

),

rejected as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

deleted as (

    select * from {{ ref('int_users_deleted') }}

),

out_of_scope as (

    select * from {{ ref('int_users_out_of_scope') }}

),

holds as (

    select * from {{ ref('int_holds') }}
    where scope = 'users'

),

fields_compared as (

    select * from {{ ref('int_user_fields_compared') }}

),

accepted_current as (

    select current_users.*
    from current_users
    left join rejected on current_users.mail = rejected.mail
    where
        current_users.mail is not null
        and rejected.mail is null

),

side_by_side as (

    select
        coalesce(desired.mail, accepted_current.mail) as mail,
        accepted_current.mail_as_spelled,
        {{ flag('desired.mail is not null') }} as is_in_agresso,
        {{ flag('accepted_current.mail is not null') }} as is_in_n2f,
        accepted_current.page,
        accepted_current.position,
        coalesce(accepted_current.is_protected, {{ flag('1 = 0') }}) as is_protected,
        accepted_current.company_code as company_code_old,
        desired.company_code as company_code_new,
        {%- for field in fields %}
        accepted_current.{{ field.name }} as {{ field.name }}_old,
        desired.{{ field.name }} as {{ field.name }}_new{% if not loop.last %},{% endif %}
        {%- endfor %}
    from desired
    full outer join accepted_current on desired.mail = accepted_current.mail

),

compared as (

    select
        side_by_side.*,
        {%- for field in fields %}
        {%- set column = 'lower(side_by_side.%s)' if field.type == 'choice' else 'side_by_side.%s' %}
        {{ flag(
            "side_by_side.is_in_agresso = 1 and side_by_side.is_in_n2f = 1 and fields_compared.is_compared_"
            ~ field.name ~ " = 1 and "
            ~ is_different(column | format(field.name ~ '_old'), column | format(field.name ~ '_new'))
        ) }} as is_changed_{{ field.name }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from side_by_side
    cross join fields_compared

),

listed as (

    select
        *,
        nullif(substring(concat(
            {%- for field in fields %}
            case when is_changed_{{ field.name }} = 1 then ',{{ field.name }}' else '' end
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
            when deleted.mail is not null then 'delete'
            else 'none'
        end {{ exact() }} as action,
        {{ flag('out_of_scope.mail is null') }} as is_in_scope,
        holds.reason as hold_reason
    from differing
    left join deleted on differing.mail = deleted.mail
    left join out_of_scope on differing.mail = out_of_scope.mail
    left join holds on differing.mail = holds.entity_key

)

select * from final
