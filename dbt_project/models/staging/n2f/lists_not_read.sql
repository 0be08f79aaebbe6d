-- Grain: one row per list that the chosen scopes need and that a snapshot has not read, or not to its end.
with axis_lists_to_read as (

    select * from {{ ref('axis_lists_to_read') }}

),

axes_to_read as (

    select * from {{ ref('axes_to_read') }}

),

lists as (

    select * from {{ source('n2f_raw', 'lists') }}

),

-- Custom axes stand in axes_to_read only where the list of axes was read, so that both kinds are needed.
needed as (

    select
        snapshot_id,
        'axes' {{ exact() }} as resource,
        company_uuid,
        '' {{ exact() }} as axis
    from axis_lists_to_read

    union all

    select
        snapshot_id,
        'axis_values' {{ exact() }} as resource,
        company_uuid,
        axis
    from axes_to_read

),

not_read as (

    select
        needed.snapshot_id,
        needed.resource,
        needed.company_uuid,
        needed.axis
    from needed
    where
        not exists (
            select 1
            from lists
            where
                lists.snapshot_id = needed.snapshot_id
                and lists.resource = needed.resource
                and lists.company_uuid = needed.company_uuid
                and coalesce(lists.axis, '') = needed.axis
        )

)

select * from not_read
