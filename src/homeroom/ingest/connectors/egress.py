"""Which hosts we connect to: those the operator lists, at public addresses unless the operator says otherwise."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from homeroom.base.findings import Finding

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver: TypeAlias = Callable[[str, int], tuple[str, ...]]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """Every address of a host, as the machine knows it; none when it knows none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Egress:
    """The operator's word on connections out.

    hosts: names or addresses, as settings must spell them, with a port ("sis.example.org:8443") or for any.
    allows_private: addresses of this machine and its own networks too; link-local ones, where clouds keep their
    secrets, never. allows_plain: HTTP without TLS.
    """

    hosts: frozenset[str] = frozenset()
    allows_private: bool = False
    allows_plain: bool = False
    resolve: Resolver = field(default=resolve_host, repr=False)

    def decide(self, host: str, port: int) -> str | Finding:
        """The address to connect to, which is then used and not looked up again; or why there is none.

        Every address of the name must be allowed, so that none of them can be swapped in.
        """
        name = host.lower().rstrip(".")
        if name not in self.hosts and f"{name}:{port}" not in self.hosts:
            return _refused("The host is not on the list of hosts that may be reached.")
        addresses = self.resolve(name, port)
        if not addresses:
            return _refused("The host's name leads to no address.")
        if not all(self._is_allowed(address) for address in addresses):
            return _refused("The host's name leads to an address of a network that may not be reached.")
        return addresses[0]

    def _is_allowed(self, text: str) -> bool:
        try:
            address = _plain(ipaddress.ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            return False
        return address.is_global or self.allows_private


def _plain(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _refused(words: str) -> Finding:
    remedy = "Ask the operator to allow the host (sources: hosts), if it is right."
    return Finding("source.host_refused", words, remedy=remedy)
