#!/bin/sh
# Posts events as a gateway does, to the address in DESTINATION; prints the status of each answer.
set -eu

post() {
  printf '%s' "$1" | curl --silent --output /dev/null --write-out '%{http_code} ' --max-time 10 \
    --header 'Content-Type: application/json' --data-binary @- "$DESTINATION"
}

event() {
  printf '%s' '{"eventId":"SH'"$1"'","eventType":196893,"happenTime":"2026-02-03T08:15:30.000+03:00",'
  printf '%s' '"srcIndex":"42","srcName":"Door A","srcType":"door","status":0,'
  printf '%s' '"data":{"personCode":"0042","personName":"Анна Example","cardNo":""}}'
}

delivery() {
  printf '%s' '{"method":"OnEventNotify","params":{"ability":"event_acs","events":['"$1"']}}'
}

first="$(delivery "$(event 1),$(event 2)")"
post "$first"
post "$first"
post "$(delivery "$(event 3)")"
post '{"method":"Other"}'
