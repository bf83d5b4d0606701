/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Ethernet ports, from finding to closing them, over rte_ethdev.
 *
 * ports_find() looks, and refuses what cannot work, before any memory is spent:
 * a --vdev that EAL could not make (EAL itself goes on without it), too few
 * ports or queues, impossible ring sizes. Then the caller makes pools and sets
 * them, and ports_start() configures, sets queues up and starts. ports_stop()
 * and ports_close() take it back; after that no port holds an mbuf.
 *
 * Packets longer than an mbuf: scattered Rx is switched on where the PMD
 * offers it and the longest packet makes it necessary, multi-segment Tx
 * wherever the PMD offers it. net_pcap offers neither flag for Rx but chains
 * mbufs of its own accord (and cuts what it sends as a chain at 16128 bytes);
 * net_af_packet refuses mbufs that are smaller than its frames, and cuts what
 * is longer than these, which is worth a warning.
 */

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_devargs.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "ports.h"
#include "quit.h"
#include "complain.h"

#define LINK_WAIT_MS 9000
#define LINK_POLL_MS 100

/* Every --vdev must have become a port. */
static int
vdevs_check(void)
{
	struct rte_devargs *vdev;
	uint16_t port_id;

	RTE_EAL_DEVARGS_FOREACH("vdev", vdev)
	{
		if (rte_eth_dev_get_port_by_name(vdev->name, &port_id) == 0)
			continue;
		complain(
			"port %s (--vdev) could not be made: a wrong name, "
			"argument, file or interface, or no driver for it; see "
			"the messages above",
			vdev->name);
		return -ENODEV;
	}
	return 0;
}

/* How many descriptors a ring gets: what was asked for or, that being 0, the
 * PMD's default, made to fit; negative after a complaint.
 */
static int
port_check_ring(struct port *port, const struct options *options,
	const struct rte_eth_dev_info *info)
{
	port->nr_rxd = options->nr_rxd;
	if (port->nr_rxd == 0)
		port->nr_rxd = info->default_rxportconf.ring_size;
	if (port->nr_rxd == 0)
		port->nr_rxd = RTE_ETH_DEV_FALLBACK_RX_RINGSIZE;
	port->nr_txd = options->nr_txd;
	if (port->nr_txd == 0)
		port->nr_txd = info->default_txportconf.ring_size;
	if (port->nr_txd == 0)
		port->nr_txd = RTE_ETH_DEV_FALLBACK_TX_RINGSIZE;

	rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &port->nr_rxd,
		&port->nr_txd);
	if (options->nr_rxd > 0 && port->nr_rxd != options->nr_rxd) {
		complain("--rxd=%u: port %u (%s) cannot have so many; %u would "
			 "do",
			options->nr_rxd, port->id, info->driver_name,
			port->nr_rxd);
		return -EINVAL;
	}
	if (options->nr_txd > 0 && port->nr_txd != options->nr_txd) {
		complain("--txd=%u: port %u (%s) cannot have so many; %u would "
			 "do",
			options->nr_txd, port->id, info->driver_name,
			port->nr_txd);
		return -EINVAL;
	}
	return 0;
}

/* Warn where the interface under a port passes longer packets than its PMD
 * takes: those would be cut off without a trace.
 */
static void
port_warn_of_mtu(uint16_t id, const struct rte_eth_dev_info *info)
{
	const uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	struct ifreq request = { 0 };
	int fd;

	if (info->if_index == 0 ||
		if_indextoname(info->if_index, request.ifr_name) == NULL)
		return;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return;
	if (ioctl(fd, SIOCGIFMTU, &request) == 0 &&
		request.ifr_mtu + overhead > info->max_rx_pktlen)
		printf("Warning: port %u: %s has an MTU of %d, %s is made for "
		       "packets of %u bytes; longer ones may be cut off\n",
			id, request.ifr_name, request.ifr_mtu,
			info->driver_name, info->max_rx_pktlen);
	close(fd);
}

/* Look at one port. */
static int
port_find(struct port *port, uint16_t id, const struct options *options)
{
	struct rte_eth_dev_info info;
	int ret;

	ret = rte_eth_dev_info_get(id, &info);
	if (ret < 0) {
		complain("port %u: does not say what it is (%s)", id,
			rte_strerror(-ret));
		return ret;
	}
	if (options->nr_rxq > info.max_rx_queues) {
		complain("--rxq=%u: port %u (%s) has %u Rx queues at most",
			options->nr_rxq, id, info.driver_name,
			info.max_rx_queues);
		return -EINVAL;
	}
	if (options->nr_txq > info.max_tx_queues) {
		complain("--txq=%u: port %u (%s) has %u Tx queues at most",
			options->nr_txq, id, info.driver_name,
			info.max_tx_queues);
		return -EINVAL;
	}

	*port = (struct port){
		.id = id,
		.flush = strcmp(info.driver_name, "net_pcap") != 0,
		.node = rte_eth_dev_socket_id(id),
	};
	if (!options->numa || port->node == SOCKET_ID_ANY)
		port->node = rte_lcore_to_socket_id(rte_get_main_lcore());
	if (options->node != SOCKET_ID_ANY)
		port->node = options->node;
	port_warn_of_mtu(id, &info);
	return port_check_ring(port, options, &info);
}

int
ports_find(struct ports *ports, const struct options *options)
{
	uint16_t id;
	int ret;

	ret = vdevs_check();
	if (ret < 0)
		return ret;

	for (id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (options->peer_given[id] && !rte_eth_dev_is_valid_port(id)) {
			complain("--eth-peer: there is no port %u", id);
			return -ENODEV;
		}

	ports->nr = 0;
	RTE_ETH_FOREACH_DEV(id)
	{
		if (options->nr_ports > 0 && ports->nr == options->nr_ports)
			break;
		ret = port_find(&ports->port[ports->nr], id, options);
		if (ret < 0)
			return ret;
		ports->nr++;
	}
	if (ports->nr == 0) {
		complain(
			"no ports; name some to EAL, before \"--\", for example "
			"--vdev=net_pcap0,rx_pcap=FILE,tx_pcap=FILE");
		return -ENODEV;
	}
	if (options->nr_ports > ports->nr) {
		complain("--nb-ports=%u: there are only %u", options->nr_ports,
			ports->nr);
		return -ENODEV;
	}
	return 0;
}

/* Decide on packet lengths, offloads and RSS. */
static void
port_plan(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info,
	const struct options *options)
{
	const uint32_t room = options->mbuf_size - RTE_PKTMBUF_HEADROOM;
	uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	uint32_t longest = RTE_ETHER_MAX_LEN;

	memset(conf, 0, sizeof(*conf));
	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		overhead = info->max_rx_pktlen - info->max_mtu;
	if (options->max_pkt_len > 0) {
		longest = options->max_pkt_len;
		conf->rxmode.mtu = longest - RTE_MIN(longest, overhead);
	}
	if (longest > room)
		conf->rxmode.offloads |=
			info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	conf->txmode.offloads |=
		info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;

	if (options->nr_rxq > 1)
		conf->rx_adv_conf.rss_conf.rss_hf =
			info->flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	if (conf->rx_adv_conf.rss_conf.rss_hf != 0)
		conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
}

static int
port_set_up_queues(const struct port *port, const struct rte_eth_conf *conf,
	const struct rte_eth_dev_info *info, const struct options *options)
{
	struct rte_eth_rxconf rxconf = info->default_rxconf;
	struct rte_eth_txconf txconf = info->default_txconf;
	uint16_t q;
	int ret;

	rxconf.offloads = conf->rxmode.offloads;
	txconf.offloads = conf->txmode.offloads;
	for (q = 0; q < options->nr_rxq; q++) {
		ret = rte_eth_rx_queue_setup(port->id, q, port->nr_rxd,
			port->node, &rxconf, port->pool);
		if (ret < 0) {
			complain("port %u: cannot set Rx queue %u up with %u "
				 "descriptors and mbufs of %u bytes (%s); is "
				 "--mbuf-size too small?",
				port->id, q, port->nr_rxd, options->mbuf_size,
				rte_strerror(-ret));
			return ret;
		}
	}
	for (q = 0; q < options->nr_txq; q++) {
		ret = rte_eth_tx_queue_setup(port->id, q, port->nr_txd,
			port->node, &txconf);
		if (ret < 0) {
			complain("port %u: cannot set Tx queue %u up with %u "
				 "descriptors (%s)",
				port->id, q, port->nr_txd, rte_strerror(-ret));
			return ret;
		}
	}
	return 0;
}

static int
port_configure(struct port *port, const struct options *options)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	int ret;

	ret = rte_eth_dev_info_get(port->id, &info);
	if (ret == 0) {
		port_plan(&conf, &info, options);
		ret = rte_eth_dev_configure(port->id, options->nr_rxq,
			options->nr_txq, &conf);
	}
	if (ret < 0) {
		complain("port %u: cannot be configured with %u Rx and %u Tx "
			 "queues%s (%s)",
			port->id, options->nr_rxq, options->nr_txq,
			options->max_pkt_len > 0 ? " and this --max-pkt-len" :
						   "",
			rte_strerror(-ret));
		return ret;
	}
	return port_set_up_queues(port, &conf, &info, options);
}

static int
port_start(struct port *port, const struct options *options)
{
	int ret;

	printf("Configuring Port %u (socket %d)\n", port->id, port->node);
	ret = port_configure(port, options);
	if (ret < 0)
		return ret;
	ret = rte_eth_dev_start(port->id);
	if (ret < 0) {
		complain("port %u: does not start (%s)%s", port->id,
			rte_strerror(-ret),
			ret == -ENOMEM ? "; raise --total-num-mbufs" : "");
		return ret;
	}
	port->started = true;

	/* A forwarder wants what is addressed to others, too; not all PMDs
	 * have such a mode. */
	ret = rte_eth_promiscuous_enable(port->id);
	if (ret < 0 && ret != -ENOTSUP)
		printf("Port %u: promiscuous mode cannot be set (%s)\n",
			port->id, rte_strerror(-ret));
	rte_eth_macaddr_get(port->id, &port->addr);
	printf("Port %u: " RTE_ETHER_ADDR_PRT_FMT "\n", port->id,
		RTE_ETHER_ADDR_BYTES(&port->addr));
	return 0;
}

int
ports_start(struct ports *ports, const struct options *options)
{
	int ret;

	for (uint16_t i = 0; i < ports->nr; i++) {
		ret = port_start(&ports->port[i], options);
		if (ret < 0)
			return ret;
	}
	return 0;
}

void
ports_wait_for_links(const struct ports *ports)
{
	struct rte_eth_link link;
	unsigned int waited = 0;

	printf("Checking link statuses...\n");
	for (uint16_t i = 0; i < ports->nr; i++) {
		for (;;) {
			link.link_status = RTE_ETH_LINK_DOWN;
			rte_eth_link_get_nowait(ports->port[i].id, &link);
			if (link.link_status == RTE_ETH_LINK_UP ||
				waited >= LINK_WAIT_MS || quit_asked())
				break;
			rte_delay_us_sleep(LINK_POLL_MS * 1000);
			waited += LINK_POLL_MS;
		}
		printf("Port %u Link %s\n", ports->port[i].id,
			link.link_status == RTE_ETH_LINK_UP ? "up" : "down");
	}
	printf("Done\n");
}

/* At most a ring of packets a queue: that is what can have waited. */
static void
queue_flush(uint16_t port_id, uint16_t queue, uint32_t most)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n;

	for (uint32_t flushed = 0; flushed < most; flushed += n) {
		n = rte_eth_rx_burst(port_id, queue, pkts, RTE_DIM(pkts));
		if (n == 0)
			break;
		rte_pktmbuf_free_bulk(pkts, n);
	}
}

void
ports_flush(const struct ports *ports, const struct options *options)
{
	if (options->no_flush_rx)
		return;
	for (uint16_t i = 0; i < ports->nr; i++) {
		const struct port *port = &ports->port[i];

		if (!port->flush)
			continue;
		for (uint16_t q = 0; q < options->nr_rxq; q++)
			queue_flush(port->id, q, port->nr_rxd);
	}
}

void
ports_stop(struct ports *ports)
{
	for (uint16_t i = 0; i < ports->nr; i++) {
		struct port *port = &ports->port[i];
		int ret;

		if (!port->started)
			continue;
		printf("Stopping port %u...\n", port->id);
		ret = rte_eth_dev_stop(port->id);
		if (ret < 0)
			complain("port %u: does not stop (%s)", port->id,
				rte_strerror(-ret));
		port->started = false;
	}
}

void
ports_close(struct ports *ports)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id)
	{
		int ret = rte_eth_dev_close(id);

		if (ret < 0)
			complain("port %u: does not close (%s)", id,
				rte_strerror(-ret));
		else
			printf("Port %u is closed\n", id);
	}
	ports->nr = 0;
}
