/** Emulation only: certificate and PUBLIC private key of `mail.north-one.example`. Nothing real may ever rely on it. See README.md. */
import type { HostCertificate } from './host-certificate.ts';

export const northOneCertificate: HostCertificate = {
  certificatePem: `-----BEGIN CERTIFICATE-----
MIIB4jCCAYigAwIBAgIBAjAKBggqhkjOPQQDAjA2MTQwMgYDVQQDDCtrYWRlYzIx
IGVtdWxhdGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMCAXDTAwMDEwMTAw
MDAwMFoYDzIwOTkxMjMxMjM1OTU5WjAhMR8wHQYDVQQDDBZtYWlsLm5vcnRoLW9u
ZS5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOccHkhV1M72fv284
oi/kE0saMgwVGgQdTK7bQXa+S/juICBVRvgK5ivdUkDKVrsA4bgul9CwlTyDSbbz
727ojqOBmTCBljAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUE
DDAKBggrBgEFBQcDATAdBgNVHQ4EFgQUAbIs6mV2KG5li52a8xpzReGnl8QwHwYD
VR0jBBgwFoAUEnq4zcYpNhKEDgKxoNN0jy8uFh0wIQYDVR0RBBowGIIWbWFpbC5u
b3J0aC1vbmUuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiByl+Q0I35uQY7KtsNq
XbnEOmJ+D64vv5mwG0/aRQuBKgIhAP8EeAefC4h7hHpAR08IjojOunlaTpJ0tBxs
Nu1fwTrc
-----END CERTIFICATE-----
`,
  privateKeyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt0c1AZr86NDz4vuC
8Mfq4iNzKGJGdQoeAGYK26e+4vChRANCAAQ5xweSFXUzvZ+/bziiL+QTSxoyDBUa
BB1MrttBdr5L+O4gIFVG+ArmK91SQMpWuwDhuC6X0LCVPINJtvPvbuiO
-----END PRIVATE KEY-----
`,
};
