#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/wire/certs.sh DIRECTORY -- a development CA and one certificate for each party of a hand-back.
#
# Good for a laptop and for tests, never for a trunk.  Each certificate names the party by a SIP URI
# (RFC 5922), which is what `identify: {tls_san: ...}` looks at, and the loopback address it lives on,
# which is what whoever connects to it checks.  A second run keeps what is there and still valid.
set -eu

dir=${1:?usage: certs.sh DIRECTORY}
command -v openssl >/dev/null || { echo "certs.sh: openssl is missing: apt install openssl" >&2; exit 1; }
umask 077
mkdir -p "$dir"
cd "$dir"

fresh() { # FILE: it exists and is good for another week
	[ -s "$1" ] && openssl x509 -in "$1" -noout -checkend 604800 >/dev/null 2>&1
}

quietly() { # openssl talks a lot on stderr; show it only if it failed
	"$@" >openssl.log 2>&1 || { cat openssl.log >&2; exit 1; }
	rm -f openssl.log
}

new_key() { # FILE
	quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

if ! fresh ca.pem; then
	rm -f ./*.pem
	new_key ca.key.pem
	quietly openssl req -x509 -new -key ca.key.pem -sha256 -days 365 \
		-subj "/O=referee development/CN=development CA" \
		-addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
		-addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
fi

issue() { # NAME SIP-DOMAIN ADDRESS: key and certificate, usable as server and as client
	fresh "$1.pem" && [ -s "$1.key.pem" ] && return
	new_key "$1.key.pem"
	cat >"$1.cnf" <<-END
		basicConstraints = critical,CA:FALSE
		keyUsage = critical,digitalSignature
		extendedKeyUsage = serverAuth,clientAuth
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		subjectAltName = URI:sip:$2,DNS:$2,IP:$3,IP:127.0.0.1
	END
	quietly openssl req -new -key "$1.key.pem" -subj "/O=referee development/CN=$1" -out "$1.csr"
	quietly openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key.pem -set_serial "0x$(openssl rand -hex 8)" \
		-sha256 -days 365 -extfile "$1.cnf" -out "$1.pem"
	rm -f "$1.csr" "$1.cnf"
}

issue referee  referee.example  127.0.0.1
issue customer carrier.example  127.0.0.2
issue center   acme.example     127.0.0.3
issue queue    platform.example 127.0.0.4
# Somebody with a good certificate whom no partner names.
issue stranger stranger.example 127.0.0.9
