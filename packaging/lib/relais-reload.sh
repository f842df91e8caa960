#!/bin/sh
# Has a server of the backup load the certificates that sync-agent has brought, after a test of its
# configuration: relais-reload@NAME.service runs it with the server's name. What the test or the reload says
# goes to the journal, and a failure fails the unit. It waits until the certificates rest, since a renewal
# changes four symlinks, and does it again if they changed meanwhile, since systemd's path unit does not look
# while this runs.
#
#   relais-reload.sh nginx|apache2|httpd|caddy|postfix [DIRECTORY]
#
# DIRECTORY is where the certificates are; by default what /etc/relais/reload/NAME leads to.
# RELAIS_RELOAD_REST (seconds, 1) is how long they must rest, RELAIS_RELOAD_TRIES (30) how often it is looked.
set -u

fail() {
  echo "relais-reload: $*" >&2
  exit 1
}

[ $# -ge 1 ] || fail "which server? give nginx, apache2, httpd, caddy or postfix"
server=$1
directory=${2:-/etc/relais/reload/$server}
rest=${RELAIS_RELOAD_REST:-1}
tries=${RELAIS_RELOAD_TRIES:-30}

case $server in
  nginx | apache2 | httpd | caddy | postfix) ;;
  *) fail "nothing is known of a server '$server'; known are nginx, apache2, httpd, caddy and postfix" ;;
esac
[ -d "$directory/" ] || fail "$directory leads to no directory; run: ln -sfn DIRECTORY-OF-THE-CERTIFICATES $directory"

# Everything in the directory, and what it leads to.
state() {
  for entry in "$directory"/*; do
    printf '%s ' "$entry"
    stat -L -c '%n %i %s %y %z' -- "$entry" 2>&1
    readlink -- "$entry" || true
  done
}

# Waits until nothing changes any more, and leaves that state in $seen.
settle() {
  seen=$(state)
  try=0
  while [ "$try" -lt "$tries" ]; do
    sleep "$rest"
    now=$(state)
    [ "$now" != "$seen" ] || return 0
    seen=$now
    try=$((try + 1))
  done
  echo "relais-reload: $directory does not come to rest; going on with it as it is" >&2
}

# Whether the server would start with its configuration and these certificates.
check() {
  case $server in
    nginx) nginx -t ;;
    apache2 | httpd) apachectl configtest ;;
    caddy) caddy validate --config "${RELAIS_CADDYFILE:-/etc/caddy/Caddyfile}" ;;
    postfix) postfix check ;;
  esac
}

try=0
while :; do
  settle
  check
  checked=$?
  reloaded=1
  if [ "$checked" -eq 0 ]; then
    systemctl reload "$server.service"
    reloaded=$?
  fi
  # What changed meanwhile is a reason to do it again, whatever came of it.
  if [ "$(state)" = "$seen" ]; then
    [ "$checked" -eq 0 ] || fail "$server's configuration fails its test, so it was not reloaded; it goes on as it was"
    [ "$reloaded" -eq 0 ] || fail "$server could not be reloaded; see: systemctl status $server"
    echo "relais-reload: $server has loaded the certificates of $directory"
    exit 0
  fi
  try=$((try + 1))
  [ "$try" -lt "$tries" ] || fail "$directory changes all the time"
done
