-- Grain: one row per document in the lists of axis values of the snapshot, with where it stands in its list.
{{ config(materialized='view') }}

with axis_values as (

    select * from {{ source('n2f_raw', 'axis_values') }}

),

snapshot_in_use as (

    select * from {{ ref('snapshot_in_use') }}

),

documents as (

    select
        axis_values.company_uuid,
        axis_values.axis,
        axis_values.page,
        axis_values.position,
        axis_values.document
    from axis_values
    inner join snapshot_in_use on axis_values.snapshot_id = snapshot_in_use.snapshot_id

)

select * from documents
