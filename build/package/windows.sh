#!/bin/bash
# windows.sh FOLDER VERSION: makes FOLDER/rsrc.syso, the icon and version that
# Windows shows of a program.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$1 version=$2

# Windows wants four numbers; a version without any is 0.1.0.0.
numbers=$(printf '%s' "${version#v}" | grep -oE '^[0-9]+(\.[0-9]+)*' || true)
case $numbers in *.*) ;; *) numbers=0.1.0 ;; esac
IFS=. read -r a b c d _ <<< "$numbers.0.0.0"

convert assets/logo/16.png assets/logo/24.png assets/logo/32.png assets/logo/48.png assets/logo/64.png assets/logo/256.png "$work/app.ico"
cat > "$work/app.manifest" <<'MANIFEST'
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings>
    <dpiAwareness xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">PerMonitorV2</dpiAwareness>
    <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
    <activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">UTF-8</activeCodePage>
  </windowsSettings></application>
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges>
    <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
  </requestedPrivileges></security></trustInfo>
</assembly>
MANIFEST
cat > "$work/app.rc" <<RC
1 ICON "$work/app.ico"
1 24 "$work/app.manifest"
1 VERSIONINFO
FILEVERSION $a,$b,$c,$d
PRODUCTVERSION $a,$b,$c,$d
FILEOS 0x40004
FILETYPE 1
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904B0"
    BEGIN
      VALUE "ProductName", "Supercomputing"
      VALUE "FileDescription", "Supercomputing"
      VALUE "InternalName", "supercomputing"
      VALUE "OriginalFilename", "Supercomputing.exe"
      VALUE "FileVersion", "$version"
      VALUE "ProductVersion", "$version"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x0409, 1200
  END
END
RC
x86_64-w64-mingw32-windres -O coff -i "$work/app.rc" -o "$work/rsrc.syso"
