-- Grain: one row per company code that changes are limited to; none when they are not limited by company.
{%- for company_code in setting_list('N2F_SYNC_ONLY_COMPANIES') %}
select {{ text_literal(company_code) }} as company_code
{{ "union all" if not loop.last }}
{%- else %}
select {{ as_text('null') }} as company_code
where 1 = 0
{%- endfor %}
