-- Grain: one row per row of Agresso's view of axis values, cleaned: trimmed, empty as NULL, numbers as plain decimals.
-- The view is read here alone, once per build, so that a view that changes meanwhile cannot split a plan.
{%- set columns = agresso_columns()['iris_N2F_Analytics'] %}

with source as (

    select * from {{ source('agresso', 'iris_N2F_Analytics') }}

),

cleaned as (

    select
        {{ text('typ') }} as typ,
        {{ text('client') }} as client,
        {{ text('code') }} as code,
        {{ text('description') }} as description,
        {{ text('status') }} as status,
        {{ text('date_from') }} as date_from,
        {{ text('date_to') }} as date_to
    from source
    {{ columns_as_text('source', columns) }}

)

select * from cleaned
