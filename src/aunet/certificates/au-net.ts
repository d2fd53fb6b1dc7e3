/** Emulation only: certificate and PUBLIC private key of `mail.au-net.example`. Nothing real may ever rely on it. See README.md. */
import type { HostCertificate } from './host-certificate.ts';

export const auNetCertificate: HostCertificate = {
  certificatePem: `-----BEGIN CERTIFICATE-----
MIIB3DCCAYKgAwIBAgIBAzAKBggqhkjOPQQDAjA2MTQwMgYDVQQDDCtrYWRlYzIx
IGVtdWxhdGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMCAXDTAwMDEwMTAw
MDAwMFoYDzIwOTkxMjMxMjM1OTU5WjAeMRwwGgYDVQQDDBNtYWlsLmF1LW5ldC5l
eGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzGhD0heZpyoYgFtvancy
TQqQQp4prpDs3K5v6WWOJenmTrP9zRsR4EJbNoEeitZbmK+MGeQqglI9DfnFWq8/
PaOBljCBkzAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAK
BggrBgEFBQcDATAdBgNVHQ4EFgQUxcyeqlTh+WVlLoziigX8/P1mT+IwHwYDVR0j
BBgwFoAUt4ehJUqjBRf2ZvK3nCceQDipQYYwHgYDVR0RBBcwFYITbWFpbC5hdS1u
ZXQuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiEAzbQFqaW+UNLu2Rj+i54GcqvJ
LMANh05KUbLpXbR3s8oCIF/RSxlMDWiXdCAY38AhGR28LDfZdGD4mFd75Hbgbjau
-----END CERTIFICATE-----
`,
  privateKeyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYcpgYvo9H1PzxNUS
cLmJ0yCabWSh7nUbD/FrI1CpV3WhRANCAATMaEPSF5mnKhiAW29qdzJNCpBCnimu
kOzcrm/pZY4l6eZOs/3NGxHgQls2gR6K1luYr4wZ5CqCUj0N+cVarz89
-----END PRIVATE KEY-----
`,
};
