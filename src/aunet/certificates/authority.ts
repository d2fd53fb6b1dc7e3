/**
 * The authority that the emulated mail servers' certificates come from. It exists for the emulation only: its private
 * key was thrown away, and it is confined to names under the reserved domain `example`. How it was made: README.md.
 */
export const emulatedAuthorityPem = `-----BEGIN CERTIFICATE-----
MIIB8jCCAZegAwIBAgIBATAKBggqhkjOPQQDAjA2MTQwMgYDVQQDDCtrYWRlYzIx
IGVtdWxhdGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMCAXDTAwMDEwMTAw
MDAwMFoYDzIwOTkxMjMxMjM1OTU5WjA2MTQwMgYDVQQDDCtrYWRlYzIxIGVtdWxh
dGVkIGF1dGhvcml0eSAobm8gcmVhbCBzZXJ2ZXIpMFkwEwYHKoZIzj0CAQYIKoZI
zj0DAQcDQgAEwx7UzVZ/bfn7G6M2/MvMGkSqP52QZn4su4E/H4tf9TErl8/w7+vK
LuZvEMpyGL8Trj95NpCPr/U6mvXaIkm6F6OBkzCBkDASBgNVHRMBAf8ECDAGAQH/
AgEAMA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUEnq4zcYpNhKEDgKxoNN0jy8u
Fh0wSwYDVR0eAQH/BEEwP6ALMAmCB2V4YW1wbGWhMDAKhwgAAAAAAAAAADAihyAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAKBggqhkjOPQQDAgNJADBG
AiEA+S6aZ0/QGU/TrgMKOOtUJwEfD8o/PnPEAC26NPG9Cz8CIQDB1m5JRtbf55hC
AujNT93+Pi8RExDrPJ4hW7YoBWSAwA==
-----END CERTIFICATE-----
`;
