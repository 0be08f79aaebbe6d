{#-
The fields of `POST users` beside `mail`, in the order they are sent, as N2F spells them. Models that treat every field
alike (reading N2F's documents, comparing, writing payloads) loop over this list; what a field is made of stands in
int_users_mapped. Types: `text` compares exactly, `choice` compares in lower case, `boolean` is a JSON boolean.
-#}
{% macro user_fields() %}
    {%- do return([
        {'name': 'firstname', 'type': 'text'},
        {'name': 'lastname', 'type': 'text'},
        {'name': 'jobTitle', 'type': 'text'},
        {'name': 'employeeNumber', 'type': 'text'},
        {'name': 'accountingAuxiliaryAccount', 'type': 'text'},
        {'name': 'company', 'type': 'text'},
        {'name': 'role', 'type': 'text'},
        {'name': 'profile', 'type': 'text'},
        {'name': 'managerMail', 'type': 'text'},
        {'name': 'canCreateVehicle', 'type': 'choice'},
        {'name': 'personnalCarHaveToBeApproved', 'type': 'boolean'},
        {'name': 'removeHomeWorkDistance', 'type': 'boolean'},
        {'name': 'gotProPayment', 'type': 'boolean'},
        {'name': 'canRaiseLimits', 'type': 'boolean'},
        {'name': 'culture', 'type': 'text'},
        {'name': 'currencyIsoCode', 'type': 'text'},
        {'name': 'structure', 'type': 'text'},
        {'name': 'authMode', 'type': 'choice'},
    ]) -%}
{% endmacro %}
