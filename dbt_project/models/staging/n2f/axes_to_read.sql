-- Grain: one row per snapshot, company and axis that a chosen scope manages, also of the snapshot in progress.
-- Axes that no scope names are not read at all.
{%- set keys = ['uuid'] %}

with companies as (

    select * from {{ ref('companies_to_read') }}

),

axes as (

    select * from {{ source('n2f_raw', 'axes') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}

),

axis_scopes as (

    select axis_scopes.*
    from {{ ref('axis_scopes') }} as axis_scopes
    inner join scopes on axis_scopes.scope = scopes.scope
    where scopes.is_selected = 1

),

built_in_axes as (

    select
        companies.snapshot_id,
        companies.company_uuid,
        axis_scopes.built_in_axis as axis
    from companies
    cross join axis_scopes
    where axis_scopes.built_in_axis is not null

),

custom_axes as (

    select
        axes.snapshot_id,
        axes.company_uuid,
        {{ json_text('axes.document', 'uuid', keys) }} as axis,
        lower({{ trimmed(json_name('axes.document', 'fr')) }}) as french_name
    from axes
    {{ json_members('axes.document', keys) }}

),

managed_axes as (

    select
        custom_axes.snapshot_id,
        custom_axes.company_uuid,
        custom_axes.axis
    from custom_axes
    inner join axis_scopes on custom_axes.french_name = lower({{ trimmed('axis_scopes.french_name') }})
    where custom_axes.axis <> ''

),

final as (

    select * from built_in_axes
    union
    select * from managed_axes

)

select * from final
