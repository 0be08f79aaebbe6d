#!/bin/sh
# Tells unixODBC where the ODBC driver of the package mssql-python-odbc is, under the name that n2f-sync uses by default.
# Usage: register-driver.sh VENV [ODBCINST_INI]
set -eu
venv=$(cd "$1" && pwd)
file=${2:-/etc/odbcinst.ini}
folder=$("$venv/bin/python" -c 'import mssql_python_odbc; print(mssql_python_odbc.get_libs_dir())')
for library in "$folder"/linux/debian_ubuntu/*/lib/libmsodbcsql-18*.so*; do
  if [ -f "$library" ]; then
    printf '[ODBC Driver 18 for SQL Server]\nDescription=Microsoft ODBC Driver 18 for SQL Server\nDriver=%s\n' \
      "$library" > "$file"
    exit 0
  fi
done
echo "no ODBC driver in $folder: is mssql-python-odbc installed, and for this machine?" >&2
exit 1
