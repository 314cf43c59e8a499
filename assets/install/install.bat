@echo off
rem Installs Unbraid for the user who runs this, on Windows:
rem
rem     install.bat                install, or replace an older version
rem     install.bat /uninstall     remove what was installed
rem
rem With /quiet as well, the window closes at once. Nothing that this script did not put there
rem is replaced or removed.
setlocal EnableExtensions DisableDelayedExpansion

set "here=%~dp0"
set "action=install"
set "quiet="
:options
if "%~1"=="" goto options_done
if /i "%~1"=="/uninstall" set "action=uninstall" & shift & goto options
if /i "%~1"=="/quiet" set "quiet=yes" & shift & goto options
echo usage: install.bat [/uninstall] [/quiet]
set "status=2"
goto end
:options_done

if not defined LOCALAPPDATA goto no_folder
set "common=%LOCALAPPDATA%\Programs\Common"
set "clap=%common%\CLAP\Unbraid.clap"
set "vst3=%common%\VST3\Unbraid.vst3"
set "programs=%LOCALAPPDATA%\Programs\Unbraid"
set "command=%programs%\unbraid.exe"

rem What this script has installed: a line for each of clap, vst3 and command.
set "list=%programs%\installed.txt"
set "has_clap="
set "has_vst3="
set "has_command="
if exist "%list%" for /f "usebackq" %%i in ("%list%") do set "has_%%i=yes"

set "status=0"
call :%action%
goto end

:install
call :must_be_here Unbraid.clap
call :must_be_here Unbraid.vst3
call :must_be_here unbraid.exe
if not "%status%"=="0" exit /b
if not defined has_clap call :must_be_free "%clap%"
if not defined has_vst3 call :must_be_free "%vst3%"
if not defined has_command call :must_be_free "%command%"
if "%status%"=="0" goto replace
echo Move that away and run this again; nothing was changed.
exit /b

:replace
if not exist "%common%\CLAP" mkdir "%common%\CLAP"
if not exist "%common%\VST3" mkdir "%common%\VST3"
if not exist "%programs%" mkdir "%programs%"
call :remove_files
if not "%status%"=="0" exit /b
rem First the list, in case this is interrupted.
>"%list%" echo clap
>>"%list%" echo vst3
>>"%list%" echo command
copy /y "%here%Unbraid.clap" "%clap%" >nul
xcopy /e /i /q /y "%here%Unbraid.vst3" "%vst3%" >nul
copy /y "%here%unbraid.exe" "%command%" >nul
call :must_be_there "%clap%"
call :must_be_there "%vst3%\Contents\Resources\moduleinfo.json"
call :must_be_there "%command%"
if not "%status%"=="0" exit /b
echo installed: "%clap%"
echo            "%vst3%"
echo            "%command%"
echo Start your host again, or let it look for new plugins.
echo To type just unbraid, add "%programs%" to your Path.
exit /b

:uninstall
if not exist "%list%" goto nothing
call :remove_files
if not "%status%"=="0" exit /b
del /q "%list%"
rem Only if nothing else is in it.
rmdir "%programs%" 2>nul
echo Removed; learned instruments, if any, stay in your data folder.
exit /b

:nothing
echo Nothing to remove: there is no "%list%"
set "status=1"
exit /b

rem What this script has installed. Windows keeps files that a program has open.
:remove_files
if defined has_clap if exist "%clap%" del /f /q "%clap%" 2>nul
if defined has_vst3 if exist "%vst3%" rmdir /s /q "%vst3%" 2>nul
if defined has_command if exist "%command%" del /f /q "%command%" 2>nul
if defined has_clap call :must_be_gone "%clap%"
if defined has_vst3 call :must_be_gone "%vst3%"
if defined has_command call :must_be_gone "%command%"
exit /b

:must_be_here
if exist "%here%%~1" exit /b
echo "%here%%~1" is missing: unpack the whole archive, and run install.bat in that folder
set "status=1"
exit /b

:must_be_free
if not exist "%~1" exit /b
echo "%~1" is there already, and this script did not put it there.
set "status=1"
exit /b

:must_be_gone
if not exist "%~1" exit /b
echo "%~1" is in use: close your host, and run this again.
set "status=1"
exit /b

:must_be_there
if exist "%~1" exit /b
echo "%~1" could not be written: is the disk full?
set "status=1"
exit /b

:no_folder
echo LOCALAPPDATA is not set: it says whose plugins these are
set "status=1"

:end
if not defined quiet pause
exit /b %status%
