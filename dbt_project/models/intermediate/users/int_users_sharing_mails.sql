-- Grain: one row per mail that several N2F users have.
with current_users as (

    select * from {{ ref('int_users_current') }}

),

counted as (

    select
        mail,
        count(*) as user_count
    from current_users
    where mail is not null
    group by mail

),

shared as (

    select * from counted
    where user_count > 1

)

select * from shared
