-- Grain: one row per company code that changes are limited to; none when they are not limited by company.
{%- for company_code in setting_list('N2F_SYNC_ONLY_COMPANIES') %}
select cast({{ text_literal(company_code) }} as {{ type_text() }}) as company_code
{{ "union all" if not loop.last }}
{%- else %}
select cast(null as {{ type_text() }}) as company_code
where 1 = 0
{%- endfor %}
