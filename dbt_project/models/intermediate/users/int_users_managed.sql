-- Grain: one row per Agresso user that is not rejected, with the manager that will be there. Cycles are still in it.
{{ config(materialized='view') }}

with checked as (

    select * from {{ ref('int_users_checked') }}

),

rejected as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

staying as (

    select * from {{ ref('int_managers_staying') }}

),

managed as (

    select
        checked.mail,
        {%- for field in user_fields() if field.name != 'managerMail' %}
        checked.{{ field.name }},
        {%- endfor %}
        staying.mail as managerMail,
        checked.company_code
    from checked
    left join rejected on checked.mail = rejected.mail
    left join staying on checked.managerMail = staying.mail
    where
        checked.mail is not null
        and rejected.mail is null

)

select * from managed
