-- Grain: one row per document in the list of users of the snapshot, with where it stands there.
{{ config(materialized='view') }}

with users as (

    select * from {{ source('n2f_raw', 'users') }}

),

snapshot_in_use as (

    select * from {{ ref('snapshot_in_use') }}

),

documents as (

    select
        users.page,
        users.position,
        users.document
    from users
    inner join snapshot_in_use on users.snapshot_id = snapshot_in_use.snapshot_id

)

select * from documents
