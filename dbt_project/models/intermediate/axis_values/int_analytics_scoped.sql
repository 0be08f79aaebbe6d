-- Grain: one row per row of Agresso's analytics whose typ a scope names, gone ones included, with its N2F company.
with analytics as (

    select * from {{ ref('stg_agresso__analytics') }}

),

axis_scopes as (

    select * from {{ ref('axis_scopes') }}

),

companies as (

    select * from {{ ref('int_companies_matched') }}

),

scoped as (

    select
        {{ as_text('axis_scopes.scope') }} as scope,
        companies.agresso_code,
        companies.company_match,
        companies.company_uuid,
        companies.company_code,
        analytics.typ,
        analytics.code,
        analytics.description,
        analytics.status,
        analytics.date_from,
        analytics.date_to,
        -- A status that is neither empty nor N sets the row aside.
        {{ flag("coalesce(lower(analytics.status), 'n') <> 'n'") }} as is_gone
    from analytics
    inner join axis_scopes on lower(analytics.typ) = lower({{ trimmed('axis_scopes.typ') }})
    inner join companies on coalesce(analytics.client, '') = companies.agresso_code

)

select * from scoped
