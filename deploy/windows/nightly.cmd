@echo off
rem C:\n2f-sync\nightly.cmd: what Task Scheduler starts; docs/windows.md explains each line.
setlocal
cd /d C:\n2f-sync
set PYTHONUTF8=1
for /f %%d in ('powershell -NoProfile -Command "Get-Date -Format yyyy-MM-dd"') do set day=%%d
.venv\Scripts\python.exe -m loader run --until 05:30 >> logs\nightly-%day%.log 2>&1
exit /b %errorlevel%
