package firewatch;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.Build;
import org.elasticsearch.action.admin.cluster.state.ClusterStateResponse;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/** Answers GET /, which the minimal distribution leaves to a module that it does not contain. */
public class RootPlugin extends Plugin implements ActionPlugin {
    @Override
    public List<RestHandler> getRestHandlers(
        Settings settings, NamedWriteableRegistry writeables, RestController controller, ClusterSettings clusterSettings,
        IndexScopedSettings indexSettings, SettingsFilter filter, IndexNameExpressionResolver resolver,
        Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features
    ) {
        return List.of(new Root(nodes));
    }

    private static final class Root extends BaseRestHandler {
        private final Supplier<DiscoveryNodes> nodes;

        Root(Supplier<DiscoveryNodes> nodes) {
            this.nodes = nodes;
        }

        @Override
        public String getName() {
            return "root_action";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            return channel -> client.admin().cluster().prepareState(TimeValue.timeValueSeconds(10)).clear().setMetadata(true)
                .execute(new RestBuilderListener<>(channel) {
                    @Override
                    public RestResponse buildResponse(ClusterStateResponse state, XContentBuilder b) throws IOException {
                        Build build = Build.current();
                        b.startObject();
                        b.field("name", nodes.get().getLocalNode().getName());
                        b.field("cluster_name", state.getClusterName().value());
                        b.field("cluster_uuid", state.getState().metadata().clusterUUID());
                        b.startObject("version");
                        b.field("number", build.qualifiedVersion());
                        b.field("build_flavor", build.flavor());
                        b.field("build_type", build.type().displayName());
                        b.field("build_hash", build.hash());
                        b.field("build_date", build.date());
                        b.field("build_snapshot", build.isSnapshot());
                        b.endObject();
                        b.field("tagline", "You Know, for Search");
                        b.endObject();
                        return new RestResponse(RestStatus.OK, b);
                    }
                });
        }
    }
}
