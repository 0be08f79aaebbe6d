-- Grain: one row per scope of the seed axis_scopes and N2F company, with the axis that the scope manages there.
-- axis_match: known, unknown (the company has no such axis), or ambiguous (several have the French name).
with axis_scopes as (

    select * from {{ ref('axis_scopes') }}

),

companies as (

    select * from {{ ref('stg_n2f__companies') }}

),

axes as (

    select * from {{ ref('stg_n2f__axes') }}

),

custom_axes as (

    select
        axis_scopes.scope,
        axes.company_uuid,
        min(axes.axis) as axis,
        count(*) as axis_count
    from axis_scopes
    inner join axes on lower({{ trimmed('axis_scopes.french_name') }}) = axes.french_name
    where axis_scopes.built_in_axis is null
    group by axis_scopes.scope, axes.company_uuid

),

matched as (

    select
        {{ as_text('axis_scopes.scope') }} as scope,
        companies.company_uuid,
        companies.company_code,
        case
            when axis_scopes.built_in_axis is not null then axis_scopes.built_in_axis
            when custom_axes.axis_count = 1 then custom_axes.axis
        end as axis,
        case
            when axis_scopes.built_in_axis is not null or custom_axes.axis_count = 1 then 'known'
            when custom_axes.axis_count > 1 then 'ambiguous'
            else 'unknown'
        end {{ exact() }} as axis_match
    from axis_scopes
    cross join companies
    left join custom_axes
        on
            axis_scopes.scope = custom_axes.scope
            and companies.company_uuid = custom_axes.company_uuid

)

select * from matched
