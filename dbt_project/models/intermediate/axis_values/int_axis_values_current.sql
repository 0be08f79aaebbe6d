-- Grain: one row per axis value that N2F holds on an axis that a scope manages, as N2F spells its code.
with axis_values as (

    select * from {{ ref('stg_n2f__axis_values') }}

),

axes as (

    select * from {{ ref('int_axes_matched') }}
    where axis_match = 'known'

),

current_values as (

    select
        axes.scope,
        axes.company_uuid,
        axes.company_code,
        axes.axis,
        axis_values.code,
        axis_values.code_as_spelled,
        concat(coalesce(axes.company_code, ''), '/', coalesce(axis_values.code, '')) as entity_key,
        axis_values.name_fr,
        axis_values.name_nl,
        axis_values.valid_from,
        axis_values.valid_to,
        axis_values.page,
        axis_values.position,
        count(*) over (partition by axes.scope, axes.company_uuid, axis_values.code) as values_of_code
    from axis_values
    inner join axes
        on
            axis_values.company_uuid = axes.company_uuid
            and axis_values.axis = axes.axis

)

select * from current_values
