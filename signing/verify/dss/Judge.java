import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.enumerations.ValidationLevel;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/**
 * EU DSS as a second opinion, in a process of its own. Lines in: "trust B64", "other B64", "crl B64" (DER), then for
 * every file "judge MILLISECONDS PATH-IN-B64". One line of JSON out for each file. Nothing is fetched from anywhere.
 */
public final class Judge {
    private final CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    private final CommonCertificateSource others = new CommonCertificateSource();
    private final List<InputStream> lists = new ArrayList<>();
    private final byte[] policy;
    private CommonCertificateVerifier verifier;

    private Judge(byte[] policy) {
        this.policy = policy;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a library prints must not be taken for an answer
        Judge judge = new Judge(Files.readAllBytes(Path.of(arguments[0])));
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            String[] words = line.trim().split(" ");
            byte[] last = Base64.getDecoder().decode(words[words.length - 1]);
            switch (words[0]) {
                case "trust" -> judge.trusted.addCertificate(DSSUtils.loadCertificate(last));
                case "other" -> judge.others.addCertificate(DSSUtils.loadCertificate(last));
                case "crl" -> judge.lists.add(new ByteArrayInputStream(last));
                case "judge" -> answers.println(
                        judge.answer(new Date(Long.parseLong(words[1])), new String(last, StandardCharsets.UTF_8)));
                default -> throw new IllegalArgumentException(words[0]);
            }
        }
    }

    private CommonCertificateVerifier verifier() {
        if (verifier == null) {
            verifier = new CommonCertificateVerifier(true); // "simple": no online source of any kind
            verifier.setAIASource(null);
            verifier.setTrustedCertSources(trusted);
            verifier.setAdjunctCertSources(others);
            if (!lists.isEmpty()) {
                verifier.setCrlSource(new ExternalResourcesCRLSource(lists.toArray(new InputStream[0])));
            }
        }
        return verifier;
    }

    private String answer(Date moment, String path) {
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(path));
            validator.setCertificateVerifier(verifier());
            validator.setValidationTime(moment);
            validator.setValidationLevel(ValidationLevel.ARCHIVAL_DATA);
            Reports reports = validator.validateDocument(new ByteArrayInputStream(policy));
            return told(reports.getSimpleReport(), reports.getDiagnosticData());
        } catch (Exception | StackOverflowError | OutOfMemoryError error) {
            return "{\"error\":" + quoted(error.getClass().getSimpleName()) + "}";
        }
    }

    private static String told(SimpleReport report, DiagnosticData data) {
        List<String> signatures = new ArrayList<>();
        for (String id : report.getSignatureIdList()) {
            var revision = data.getSignatureById(id).getPDFRevision();
            List<String> fields = revision == null ? List.of() : revision.getSignatureFieldNames();
            SubIndication sub = report.getSubIndication(id);
            List<String> errors = new ArrayList<>();
            for (Message message : report.getAdESValidationErrors(id)) {
                errors.add(quoted(message.getKey()));
            }
            signatures.add("{\"field\":" + quoted(fields.isEmpty() ? "" : fields.get(0))
                    + ",\"indication\":" + quoted(String.valueOf(report.getIndication(id)))
                    + ",\"sub_indication\":" + quoted(sub == null ? "" : sub.name())
                    + ",\"format\":" + quoted(String.valueOf(report.getSignatureFormat(id)))
                    + ",\"errors\":[" + String.join(",", errors) + "]}");
        }
        return "{\"signatures\":[" + String.join(",", signatures) + "]}";
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            boolean plain = letter >= ' ' && letter < 127 && letter != '"' && letter != '\\';
            out.append(plain ? String.valueOf(letter) : String.format("\\u%04x", (int) letter));
        }
        return out.append('"').toString();
    }
}
