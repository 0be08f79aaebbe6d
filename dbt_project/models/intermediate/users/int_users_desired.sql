-- Grain: one row per user as N2F should hold them: Agresso's users that are not rejected, managers settled.
with checked as (

    select * from {{ ref('int_users_checked') }}

),

managed as (

    select * from {{ ref('int_users_managed') }}

),

on_cycles as (

    select * from {{ ref('int_users_on_cycles') }}

),

desired as (

    select
        managed.mail,
        {%- for field in user_fields() if field.name != 'managerMail' %}
        checked.{{ field.name }},
        {%- endfor %}
        case when on_cycles.mail is null then managed.managerMail end as managerMail,
        checked.company_code
    from managed
    inner join checked on managed.mail = checked.mail
    left join on_cycles on managed.mail = on_cycles.mail

)

select * from desired
