-- Grain: one row per rejected Agresso row, and per rejected code that N2F holds and Agresso has no faultless row of.
with checked as (

    select * from {{ ref('int_axis_values_checked') }}

),

current_values as (

    select * from {{ ref('int_axis_values_current') }}

),

deletable as (

    select * from {{ ref('int_axis_values_deletable') }}

),

shared_codes as (

    select distinct
        scope,
        company_uuid,
        code,
        entity_key,
        values_of_code
    from current_values
    where
        code is not null
        and values_of_code > 1

),

agresso_rows as (

    select
        checked.scope,
        checked.company_uuid,
        checked.code,
        checked.entity_key,
        'agresso' {{ exact() }} as source,
        coalesce(checked.fault, 'shared_key') as reason,
        case
            when checked.fault is not null then checked.fault_detail
            else concat(shared_codes.values_of_code, ' N2F values share the code')
        end as detail
    from checked
    left join shared_codes
        on
            checked.scope = shared_codes.scope
            and checked.company_uuid = shared_codes.company_uuid
            and checked.code = shared_codes.code
    where
        checked.fault is not null
        or shared_codes.code is not null

),

shared_in_n2f_alone as (

    select
        shared_codes.scope,
        shared_codes.company_uuid,
        shared_codes.code,
        shared_codes.entity_key,
        'n2f' {{ exact() }} as source,
        'shared_key' {{ exact() }} as reason,
        concat(shared_codes.values_of_code, ' N2F values share the code') {{ exact() }} as detail
    from shared_codes
    where not exists (
        select 1
        from checked
        where
            checked.scope = shared_codes.scope
            and checked.company_uuid = shared_codes.company_uuid
            and checked.code = shared_codes.code
            and checked.fault is null
    )

),

without_code as (

    select distinct
        scope,
        company_uuid,
        code,
        entity_key,
        'n2f' {{ exact() }} as source,
        'empty_code' {{ exact() }} as reason,
        'N2F holds a value without a code' {{ exact() }} as detail
    from current_values
    where code is null

),

unsendable as (

    select
        scope,
        company_uuid,
        code,
        entity_key,
        'n2f' {{ exact() }} as source,
        'unsendable_code' {{ exact() }} as reason,
        'a code of one or two dots cannot stand in a path' {{ exact() }} as detail
    from deletable
    where is_unsendable = 1

),

unioned as (

    select * from agresso_rows
    union all
    select * from shared_in_n2f_alone
    union all
    select * from without_code
    union all
    select * from unsendable

)

select * from unioned
