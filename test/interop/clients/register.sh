#!/bin/sh
# A registration with curl alone, written from the description in the guide: capture, create, bind.
#
# register.sh url|picture|record EMPLOYEE_NO NAME        (the ways are those of terminal_client.py)
#
# Environment: TERMINAL_URL, TERMINAL_USER, TERMINAL_PASSWORD, and POLL_SECONDS between two attempts to capture.
set -eu
way=$1 employee_no=$2 name=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The login is in a file, so that it does not show in the list of processes.
printf 'user = "%s:%s"\n' "$TERMINAL_USER" "$TERMINAL_PASSWORD" > "$work/login"

# send METHOD PATH [more options]: the reply goes to the file `reply`, its HTTP status to standard output.
send() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --max-time 70 --config "$work/login" --digest \
    --output "$work/reply" --write-out '%{http_code}' --request "$method" "$@" "$TERMINAL_URL$path"
}

# must WHAT METHOD PATH [more options]: send, and stop unless that is answered with 200.
must() {
  what=$1
  shift
  status=$(send "$@")
  [ "$status" = 200 ] || { echo "$what: $status $(cat "$work/reply")" >&2; exit 1; }
}

# Where bytes stand in the reply: the first or the last place.
place() { LC_ALL=C grep -obUaP "$1" "$work/reply" | "$2" -n 1 | cut -d : -f 1; }

# The face of a reply to a capture, in the file `face`: its URL, or its picture.
face_in_reply() {
  if [ "$way" = url ]; then
    sed -n 's:.*<faceDataUrl>\(.*\)</faceDataUrl>.*:\1:p' "$work/reply" > "$work/face"
  else
    start=$(place '\xff\xd8\xff' head)
    end=$(place '\xff\xd9' tail)
    : > "$work/face"
    [ -z "$start" ] || tail -c "+$((start + 1))" "$work/reply" | head -c "$((end + 2 - start))" > "$work/face"
  fi
  [ -s "$work/face" ]
}

must login GET /ISAPI/System/deviceInfo

type=binary
[ "$way" != url ] || type=url
xmlns=http://www.isapi.org/ver20/XMLSchema
cond="<CaptureFaceDataCond version=\"2.0\" xmlns=\"$xmlns\">\
<captureInfrared>false</captureInfrared><dataType>$type</dataType></CaptureFaceDataCond>"
attempts=0
until
  status=$(send POST /ISAPI/AccessControl/CaptureFaceData --header 'Content-Type: application/xml' --data "$cond")
  [ "$status" = 200 ] && face_in_reply
do
  [ "$status" = 200 ] || grep -q -e deviceBusy -e captureTimeout "$work/reply" ||
    { echo "capture: $status $(cat "$work/reply")" >&2; exit 1; }
  attempts=$((attempts + 1))
  [ "$attempts" -lt 20 ] || { echo 'capture: nobody came' >&2; exit 1; }
  sleep "${POLL_SECONDS:-3}"
done

must create POST '/ISAPI/AccessControl/UserInfo/Record?format=json' --header 'Content-Type: application/json' --data @- <<JSON
{"UserInfo": {"employeeNo": "$employee_no", "name": "$name", "userType": "normal",
  "Valid": {"enable": true, "beginTime": "2025-01-01T00:00:00", "endTime": "2035-12-31T23:59:59"},
  "doorRight": "1", "RightPlan": [{"doorNo": 1, "planTemplateNo": "1"}]}}
JSON

record="{\"faceLibType\":\"blackFD\",\"FDID\":\"1\",\"FPID\":\"$employee_no\""
case $way in
  url)
    printf '%s,"faceURL":"%s"}' "$record" "$(cat "$work/face")" > "$work/record"
    must bind PUT '/ISAPI/Intelligent/FDLib/FDSetUp?format=json' \
      --form "FaceDataRecord=<$work/record;type=application/json"
    ;;
  picture)
    printf '%s}' "$record" > "$work/record"
    must bind PUT '/ISAPI/Intelligent/FDLib/FDSetUp?format=json' \
      --form "FaceDataRecord=<$work/record;type=application/json" \
      --form "img=@$work/face;filename=face.jpg;type=image/jpeg"
    ;;
  record)
    printf '%s}' "$record" > "$work/record"
    must bind POST '/ISAPI/Intelligent/FDLib/FaceDataRecord?format=json' \
      --form "FaceDataRecord=<$work/record;type=application/json" \
      --form "FaceImage=@$work/face;filename=face.jpg;type=image/jpeg"
    ;;
esac

must search POST '/ISAPI/Intelligent/FDLib/FDSearch?format=json' --header 'Content-Type: application/json' --data @- <<JSON
{"searchResultPosition": 0, "maxResults": 50, "faceLibType": "blackFD", "FDID": "1", "FPID": "$employee_no"}
JSON
grep -q '"totalMatches": *1\b' "$work/reply" || { echo "search: $(cat "$work/reply")" >&2; exit 1; }
