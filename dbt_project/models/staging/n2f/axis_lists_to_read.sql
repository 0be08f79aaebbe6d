-- Grain: one row per snapshot and company whose list of custom axes the loader reads, also of the snapshot in progress.
with companies as (

    select * from {{ ref('companies_to_read') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}

),

-- A built-in axis is called by its name; only the others have to be looked up.
custom_axis_scopes as (

    select axis_scopes.*
    from {{ ref('axis_scopes') }} as axis_scopes
    inner join scopes on axis_scopes.scope = scopes.scope
    where
        scopes.is_selected = 1
        and axis_scopes.built_in_axis is null

),

final as (

    select
        companies.snapshot_id,
        companies.company_uuid
    from companies
    where exists (select 1 from custom_axis_scopes)

)

select * from final
