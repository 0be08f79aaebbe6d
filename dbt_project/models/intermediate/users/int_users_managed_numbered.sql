-- Grain: one row per row of int_users_managed, with numbers in place of mails: what hierarchies are walked by. Some
-- engines take a recursion row by row, and find the next row of a long list only by an index that text of any length
-- cannot have.
{{ config(post_hook=["{{ index_on(this, ['manager_number']) }}", "{{ index_on(this, ['user_number']) }}"]) }}

with managed as (

    select * from {{ ref('int_users_managed') }}

),

numbered as (

    select
        mail,
        managerMail,
        cast(row_number() over (order by mail) as integer) as user_number
    from managed

),

final as (

    select
        numbered.mail,
        numbered.user_number,
        managers.user_number as manager_number
    from numbered
    left join numbered as managers on numbered.managerMail = managers.mail

)

select * from final
