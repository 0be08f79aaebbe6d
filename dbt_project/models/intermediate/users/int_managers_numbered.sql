-- Grain: one row per row of int_users_managed that Agresso names as a manager, with numbers in place of mails: what
-- hierarchies are walked by. Some engines take a recursion row by row, and find the next row of a long list only by an
-- index that text of any length cannot have.
{{ config(post_hook=["{{ index_on(this, ['manager_number']) }}", "{{ index_on(this, ['user_number']) }}"]) }}

with managed as (

    select * from {{ ref('int_users_managed') }}

),

staying as (

    select * from {{ ref('int_managers_staying') }}

),

numbered as (

    select
        managed.mail,
        managed.managerMail,
        cast(row_number() over (order by managed.mail) as integer) as user_number
    from managed
    inner join staying on managed.mail = staying.mail

),

final as (

    select
        numbered.mail,
        numbered.user_number,
        above.user_number as manager_number
    from numbered
    left join numbered as above on numbered.managerMail = above.mail

)

select * from final
