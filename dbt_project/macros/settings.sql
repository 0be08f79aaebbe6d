{#- A setting that holds a comma list, as a list: trimmed, empty items dropped, each once. Empty is unset. -#}
{% macro setting_list(name, default='') -%}
    {%- set items = [] -%}
    {%- for item in (env_var(name, default).strip() or default).split(',') -%}
        {%- if item.strip(' ') and item.strip(' ') not in items -%}{%- do items.append(item.strip(' ')) -%}{%- endif -%}
    {%- endfor -%}
    {%- do return(items) -%}
{%- endmacro %}

{#- Whether a word stands in such a list, in any case, as a value. -#}
{% macro setting_has(name, word, default='') -%}
    {%- set items = setting_list(name, default) | map('lower') | list -%}
    {{ flag('1 = 1' if word in items else '1 = 0') }}
{%- endmacro %}
