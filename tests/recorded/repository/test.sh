# Fails with what came and what was expected.
came=$(sh total.sh 2 3)
if [ "$came" != 5 ]; then
    echo "FAILED: 2 and 3 make 5, got $came"
    exit 1
fi
echo "passed in $(pwd)"
