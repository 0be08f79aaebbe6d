-- Grain: one row per user of int_users_desired, with the level in the desired hierarchy: 0 at the top, one more than
-- the manager's for everyone else, as far as the recursion limit goes.
{{ config(materialized='view') }}

with desired as (

    select * from {{ ref('int_users_desired') }}

),

managers as (

    select * from {{ ref('int_managers_ranked') }}

),

ranked as (

    select
        desired.mail,
        case
            when managers.mail is null then 0
            when managers.level <= {{ recursion_limit() }} then managers.level + 1
            else managers.level
        end as level
    from desired
    left join managers on desired.managerMail = managers.mail

)

select * from ranked
