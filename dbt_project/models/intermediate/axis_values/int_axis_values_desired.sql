-- Grain: one row per axis value as N2F should hold it: Agresso's values that are not rejected.
with checked as (

    select * from {{ ref('int_axis_values_checked') }}
    where fault is null

),

rejected as (

    select * from {{ ref('int_axis_values_rejected') }}

),

desired as (

    select
        checked.scope,
        checked.company_uuid,
        checked.company_code,
        checked.axis,
        checked.code,
        checked.entity_key,
        checked.name_fr,
        checked.name_nl,
        checked.valid_from,
        checked.valid_to
    from checked
    where not exists (
        select 1
        from rejected
        where
            rejected.scope = checked.scope
            and rejected.company_uuid = checked.company_uuid
            and rejected.code = checked.code
    )

)

select * from desired
