-- Grain: one row per user as N2F should hold them: Agresso's users that are not rejected, managers settled.
{{ config(materialized='view') }}

with managed as (

    select * from {{ ref('int_users_managed') }}

),

on_cycles as (

    select * from {{ ref('int_users_on_cycles') }}

),

desired as (

    select
        managed.mail,
        {%- for field in user_fields() if field.name != 'managerMail' %}
        managed.{{ field.name }},
        {%- endfor %}
        case when on_cycles.mail is null then managed.managerMail end as managerMail,
        managed.company_code
    from managed
    left join on_cycles on managed.mail = on_cycles.mail

)

select * from desired
