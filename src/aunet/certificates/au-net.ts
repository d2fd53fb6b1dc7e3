/** Emulation only: certificate and PUBLIC private key of `mail.au-net.example`. Nothing real may ever rely on it. See README.md. */
import type { HostCertificate } from './host-certificate.ts';

export const auNetCertificate: HostCertificate = {
  certificatePem: `-----BEGIN CERTIFICATE-----
MIIB3DCCAYKgAwIBAgIBAzAKBggqhkjOPQQDAjA2MTQwMgYDVQQDDCtrYWRlYzIx
IGVtdWxhdGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMCAXDTAwMDEwMTAw
MDAwMFoYDzIwOTkxMjMxMjM1OTU5WjAeMRwwGgYDVQQDDBNtYWlsLmF1LW5ldC5l
eGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEW49uI0FIt7v9p4Jo8Fil
BfRvfjUQnsJ9Io3rPb1XiC4H1XbVTVndVuJuYbYtgEkxNwOVYLaUVVaNvIdBxCvt
sKOBljCBkzAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAK
BggrBgEFBQcDATAdBgNVHQ4EFgQUxMaX4vgi0yCFyV4nkNL/u6jFPBMwHwYDVR0j
BBgwFoAUEnq4zcYpNhKEDgKxoNN0jy8uFh0wHgYDVR0RBBcwFYITbWFpbC5hdS1u
ZXQuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiEAj4ue1ibg2GLGDKH567H4hSGL
aATq6848r02cMXywZ8wCIAlH+/T0inbEC4HEhMgJ8GoqpPi3W6Dto1K7mZQm7uRf
-----END CERTIFICATE-----
`,
  privateKeyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9ZafgclhFyvI80Sj
uWXKNFfMwuaQ6vLKMQQ/deur6XShRANCAARbj24jQUi3u/2ngmjwWKUF9G9+NRCe
wn0ijes9vVeILgfVdtVNWd1W4m5hti2ASTE3A5VgtpRVVo28h0HEK+2w
-----END PRIVATE KEY-----
`,
};
